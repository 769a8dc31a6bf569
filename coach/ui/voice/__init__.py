"""Talking on the page: the socket, the panel beside the answer box, and the scripts that hear and speak in the browser."""

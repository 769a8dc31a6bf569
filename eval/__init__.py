"""Benchmarks that say how far the coach's grades and searches can be trusted."""

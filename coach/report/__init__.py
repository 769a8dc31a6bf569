"""What an interview came to: as a value (and so as JSON), and as Markdown."""

from coach.report.markdown import to_markdown
from coach.report.spoken import Moment, SessionDelivery
from coach.report.summary import Report, ReportThread, ReportTurn, Score, Strength, WorkOn, report_of

__all__ = [
    "Moment",
    "Report",
    "ReportThread",
    "ReportTurn",
    "Score",
    "SessionDelivery",
    "Strength",
    "WorkOn",
    "report_of",
    "to_markdown",
]

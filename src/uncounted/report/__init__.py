"""The page: all results in one self-contained HTML file, the private working report."""

from uncounted.report.content import LinkageNumbers, LinkTrust, ListLinkage, Overlap, ReportContent
from uncounted.report.html import render_html
from uncounted.report.write import write_picture, write_report

__all__ = [
    "LinkTrust",
    "LinkageNumbers",
    "ListLinkage",
    "Overlap",
    "ReportContent",
    "render_html",
    "write_picture",
    "write_report",
]

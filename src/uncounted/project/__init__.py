"""The project file: what is counted, which lists, who could be on which list, what is published."""

from uncounted.project.load import FILE_NAME, json_schema, load_project
from uncounted.project.mistakes import Mistake, ProjectFileErrors
from uncounted.project.model import ListSpec, Project
from uncounted.project.template import ListDraft, template
from uncounted.project.writing import write_new

__all__ = [
    "FILE_NAME",
    "ListDraft",
    "ListSpec",
    "Mistake",
    "Project",
    "ProjectFileErrors",
    "json_schema",
    "load_project",
    "template",
    "write_new",
]

"""The project file: what is counted, which lists, who could be on which list, what is published."""

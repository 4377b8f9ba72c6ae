"""Metadata written elsewhere, brought in and out: define.xml and the workbook as readable YAML of a study pack."""

"""Bulk sending: a file of rows, a draft or a template, and a process for each row."""

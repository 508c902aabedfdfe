"""The lake: fenced extract, build, publication, and the doors through which it is read.

What a number means belongs to dbt_project and `transforms.metrics`.
"""

"""Daily work: lists, records and what may be done with them, over the services of the core.

What a screen holds is declared in the module of its area; figures are pages, in `reports/pages`.
"""

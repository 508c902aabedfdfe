"""The demo company: generated in bulk from a seed, with its own account of the true figures.

What the live product does with a lead, a quote or an invoice stands in `crm_core.services`.
"""

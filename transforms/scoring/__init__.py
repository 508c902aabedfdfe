"""Chances and values per lead, invoice, rental, vehicle and customer, with reasons and model cards.

Frames in, frames out; what is asked of which mart is declared in `questions` and `values`.
"""

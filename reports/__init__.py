"""Views: a spec of widgets over metrics, one typed result, and its renderers and deliveries.

Numbers are computed in `transforms.metrics`; screens are in `app`.
"""

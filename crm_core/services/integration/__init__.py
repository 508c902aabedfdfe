"""The outbox, webhooks, and the runs of what comes in.

Connectors are `transforms.sources`.
"""

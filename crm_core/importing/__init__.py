"""Onboarding: another CRM's export, read, mended by declared rules and written by the services.

Sources that are pulled again and again are integrations, in `transforms.sources`.
"""

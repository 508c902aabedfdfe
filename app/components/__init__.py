"""Parts that pages are put together from; what they show is asked in `app.source`."""

"""What a search advertiser charged, of Google Ads' shape.

What all sources share stands one folder up.
"""

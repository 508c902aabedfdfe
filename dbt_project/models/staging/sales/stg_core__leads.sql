{{ staged(province='kept.origin_province', is_valid='not kept.is_bad') }}

{{ staged(item_category='kept.category') }}

{{ staged(customer_type='kept.type') }}

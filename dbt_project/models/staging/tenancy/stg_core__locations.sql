{{ staged(branch_code='kept.code', branch_name='kept.name') }}

{{ staged() }}

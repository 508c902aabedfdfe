{{ forecasts_of(['storage_units_let', 'storage_recurring_rent']) }}

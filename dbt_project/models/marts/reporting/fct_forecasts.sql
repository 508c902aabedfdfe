{{ forecasts_of(['bookings', 'booked_amount', 'new_leads']) }}

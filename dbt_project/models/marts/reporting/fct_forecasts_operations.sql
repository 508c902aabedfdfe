{{ forecasts_of(['jobs_completed', 'service_revenue', 'crew_hours', 'truck_days']) }}

{{ forecasts_of(['invoiced_revenue', 'cash_collected', 'receivables']) }}

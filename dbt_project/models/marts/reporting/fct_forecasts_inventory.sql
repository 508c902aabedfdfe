{{ forecasts_of(['stock_used']) }}

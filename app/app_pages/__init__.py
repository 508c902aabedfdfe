"""The pages; each lays out what `app.page` and the components draw."""

{# Fails for every row in which one of the columns is below zero. #}
{% test not_negative(model, columns) %}

select *
from {{ model }}
where {% for column in columns %}{{ column }} < 0{{ ' or ' if not loop.last }}{% endfor %}

{% endtest %}


{# Fails for every row whose column lies outside [at_least, at_most]; either bound may be absent. #}
{% test accepted_range(model, column_name, at_least=none, at_most=none) %}

select *
from {{ model }}
where false
    {%- if at_least is not none %} or {{ column_name }} < {{ at_least }}{% endif %}
    {%- if at_most is not none %} or {{ column_name }} > {{ at_most }}{% endif %}

{% endtest %}


{# Fails for every row whose total is not the sum of its parts; `less` are parts taken off.
   Exact: money has no tolerance. #}
{% test sums_equal(model, total, plus, less=[]) %}

select *
from {{ model }}
where {{ total }} <> {{ plus | join(' + ') }}
    {%- for part in less %} - {{ part }}{% endfor %}

{% endtest %}


{# Fails for every row that breaks the rule; a rule that is neither true nor false is broken. #}
{% test always_true(model, rule) %}

select *
from {{ model }}
where not coalesce({{ rule }}, false)

{% endtest %}

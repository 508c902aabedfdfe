select
    cast(client_id as uuid) as client_id,
    question,
    version,
    learned_until_on,
    judged_until_on,
    cases_count,
    base_rate,
    auc,
    auc_low,
    log_loss,
    base_log_loss,
    brier,
    base_brier,
    calibration_error,
    is_used,
    refusal,
    coefficients
from {{ source('transforms', 'model_cards') }}

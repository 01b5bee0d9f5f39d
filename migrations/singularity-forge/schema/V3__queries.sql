-- The plan's queries as views: filter them by task_type (and day).

-- Ranking, dashboard. The attempts are there for "at least n of them".
CREATE VIEW model_ranking AS
SELECT task_type, model_id, successes, failures, timeouts, total_tokens, total_cost, last_used,
       successes + failures AS attempts,
       CASE WHEN successes + failures = 0 THEN 0.0 ELSE CAST(successes AS REAL) / (successes + failures) END AS success_rate
FROM model_stats;

-- Well-sampled pairs, for other projects. The plan orders by success_rate, which is no column of model_stats.
CREATE VIEW model_stats_well_sampled AS
SELECT * FROM model_ranking WHERE attempts >= 10 ORDER BY success_rate DESC;

-- Day by day.
CREATE VIEW model_daily_trend AS
SELECT task_type, model_id, date(timestamp) AS day, count(*) AS attempts, sum(success) AS wins,
       round(100.0 * sum(success) / count(*), 1) AS daily_success_rate
FROM model_outcomes
GROUP BY task_type, model_id, day;

-- Challenger against incumbent, since the first outcome; for a later start use the query with its own WHERE.
CREATE VIEW model_comparison AS
SELECT task_type, model_id, count(*) AS trials, sum(success) AS wins, round(avg(tokens_used), 0) AS avg_tokens,
       round(avg(cost_usd), 4) AS avg_cost
FROM model_outcomes
GROUP BY task_type, model_id;

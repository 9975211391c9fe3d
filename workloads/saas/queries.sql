-- What an application for many organizations asks of its database: who is it, then that organization's work, then the
-- vendor's own books. workloads/README.md describes the headers.
--
-- Whatever is a tenant's names it: every such query says `organization_id = :organization_id`, which is what its indexes
-- begin with. That is the first fence; the variants with row level security put a second behind it, which holds when a
-- query forgets. Periods are days or months of UTC; SQLite and MySQL have texts of their own for date arithmetic.

-- ---------------------------------------------------------- Before a tenant is known

-- name: user_by_email
-- class: simple
-- weight: 4
-- doc: Login by password.
-- param: email = users.email
SELECT id, display_name, password_hash, locale FROM users WHERE email = :email AND deleted_at IS NULL;

-- name: user_by_sso
-- class: simple
-- weight: 6
-- doc: Login by single sign-on: the account behind an identity provider's name for it.
-- param: connection_id = user_identities.connection_id
-- param: subject = user_identities.subject
SELECT u.id, u.display_name, u.locale, c.organization_id, c.protocol
FROM user_identities i
JOIN sso_connections c ON c.id = i.connection_id
JOIN users u ON u.id = i.user_id
WHERE i.connection_id = :connection_id AND i.subject = :subject AND u.deleted_at IS NULL;

-- name: organizations_of_user
-- class: simple
-- weight: 8
-- doc: The switch between a person's organizations.
-- param: user_id = memberships.user_id
SELECT o.id, o.name, o.slug, r.name AS role
FROM memberships m
JOIN organizations o ON o.id = m.organization_id
JOIN roles r ON r.organization_id = m.organization_id AND r.id = m.role_id
WHERE m.user_id = :user_id AND m.status = 'active' AND o.deleted_at IS NULL
ORDER BY o.name, o.id;

-- name: api_key_by_hash
-- class: simple
-- weight: 30
-- doc: Whose program is calling.
-- param: key_hash = api_keys.key_hash
SELECT k.id, k.organization_id, k.created_by_id, o.status
FROM api_keys k
JOIN organizations o ON o.id = k.organization_id
WHERE k.key_hash = :key_hash AND k.revoked_at IS NULL;

-- name: invitation_by_token
-- class: simple
-- weight: 1
-- doc: What the link in a mail invites to.
-- param: token_hash = invitations.token_hash
SELECT i.id, i.email, i.expires_at, o.name AS organization, r.name AS role
FROM invitations i
JOIN organizations o ON o.id = i.organization_id
JOIN roles r ON r.organization_id = i.organization_id AND r.id = i.role_id
WHERE i.token_hash = :token_hash AND i.accepted_at IS NULL;

-- -------------------------------------------------------------- Who may do what here

-- name: member_permissions
-- class: simple
-- weight: 30
-- doc: What a member may do: asked with every request.
-- param: organization_id = memberships.organization_id
-- param: user_id = memberships.user_id
SELECT p.code
FROM memberships m
JOIN role_permissions g ON g.organization_id = m.organization_id AND g.role_id = m.role_id
JOIN permissions p ON p.id = g.permission_id
WHERE m.organization_id = :organization_id AND m.user_id = :user_id AND m.status = 'active'
ORDER BY p.code;

-- name: team_members
-- class: simple
-- weight: 5
-- doc: A page of an organization's people.
-- param: organization_id = organizations.id
SELECT m.id, u.display_name, u.email, r.name AS role, m.status
FROM memberships m
JOIN users u ON u.id = m.user_id
JOIN roles r ON r.organization_id = m.organization_id AND r.id = m.role_id
WHERE m.organization_id = :organization_id
ORDER BY u.display_name, m.id
LIMIT 50;

-- name: api_keys_in_use
-- class: simple
-- weight: 1
-- doc: The keys an administrator may revoke, and who made them.
-- param: organization_id = api_keys.organization_id
SELECT k.id, k.name, k.created_at, k.last_used_at, u.display_name
FROM api_keys k
JOIN memberships m ON m.organization_id = k.organization_id AND m.id = k.created_by_id
JOIN users u ON u.id = m.user_id
WHERE k.organization_id = :organization_id AND k.revoked_at IS NULL
ORDER BY k.created_at DESC, k.id DESC;

-- name: pending_invitations
-- class: simple
-- weight: 1
-- doc: Who has not come yet.
-- param: organization_id = invitations.organization_id
SELECT i.id, i.email, r.name AS role, i.expires_at
FROM invitations i
JOIN roles r ON r.organization_id = i.organization_id AND r.id = i.role_id
WHERE i.organization_id = :organization_id AND i.accepted_at IS NULL
ORDER BY i.expires_at, i.id;

-- -------------------------------------------------------------------- A tenant's work

-- name: workspaces_of_organization
-- class: simple
-- weight: 10
-- doc: The side bar.
-- param: organization_id = organizations.id
SELECT id, name, slug FROM workspaces WHERE organization_id = :organization_id AND deleted_at IS NULL ORDER BY name, id;

-- name: projects_of_workspace
-- class: simple
-- weight: 12
-- doc: A workspace's projects, with what is open in each.
-- param: organization_id = workspaces.organization_id
-- param: workspace_id = workspaces.id
SELECT p.id, p.name,
       (SELECT count(*) FROM tasks t
        WHERE t.organization_id = p.organization_id AND t.project_id = p.id AND t.status IN ('open', 'in_progress')
          AND t.deleted_at IS NULL) AS open_tasks
FROM projects p
WHERE p.organization_id = :organization_id AND p.workspace_id = :workspace_id AND p.deleted_at IS NULL
ORDER BY p.name, p.id;

-- name: project_board
-- class: simple
-- weight: 20
-- doc: A project's tasks in one column of the board, the most urgent first.
-- param: organization_id = tasks.organization_id
-- param: project_id = tasks.project_id
-- param: status = tasks.status
SELECT id, title, priority, assignee_id, due_on, updated_at
FROM tasks
WHERE organization_id = :organization_id AND project_id = :project_id AND status = :status AND deleted_at IS NULL
ORDER BY priority, id
LIMIT 100;

-- name: task_page
-- class: simple
-- weight: 20
-- doc: A task with its project, and who reported it and does it.
-- param: organization_id = tasks.organization_id
-- param: id = tasks.id
SELECT t.id, t.title, t.status, t.priority, t.estimate_minutes, t.due_on, p.name AS project,
       ru.display_name AS reporter, au.display_name AS assignee
FROM tasks t
JOIN projects p ON p.organization_id = t.organization_id AND p.id = t.project_id
JOIN memberships rm ON rm.organization_id = t.organization_id AND rm.id = t.reporter_id
JOIN users ru ON ru.id = rm.user_id
LEFT JOIN memberships am ON am.organization_id = t.organization_id AND am.id = t.assignee_id
LEFT JOIN users au ON au.id = am.user_id
WHERE t.organization_id = :organization_id AND t.id = :id AND t.deleted_at IS NULL;

-- name: task_comments
-- class: simple
-- weight: 15
-- doc: What was said of a task.
-- param: organization_id = comments.organization_id
-- param: task_id = comments.task_id
SELECT c.id, c.body, c.created_at, u.display_name
FROM comments c
JOIN memberships m ON m.organization_id = c.organization_id AND m.id = c.author_id
JOIN users u ON u.id = m.user_id
WHERE c.organization_id = :organization_id AND c.task_id = :task_id
ORDER BY c.created_at, c.id;

-- name: my_tasks
-- class: simple
-- weight: 15
-- doc: What a member has to do, the next due first.
-- param: organization_id = tasks.organization_id
-- param: member_id = tasks.assignee_id
SELECT t.id, t.title, t.status, t.priority, t.due_on, p.name AS project
FROM tasks t
JOIN projects p ON p.organization_id = t.organization_id AND p.id = t.project_id
WHERE t.organization_id = :organization_id AND t.assignee_id = :member_id AND t.status IN ('open', 'in_progress')
  AND t.deleted_at IS NULL
ORDER BY t.due_on NULLS LAST, t.priority, t.id
LIMIT 50;

-- name: recent_documents
-- class: simple
-- weight: 10
-- doc: The pages of a project that were last edited.
-- param: organization_id = documents.organization_id
-- param: project_id = documents.project_id
SELECT id, title, version, updated_at
FROM documents
WHERE organization_id = :organization_id AND project_id = :project_id AND deleted_at IS NULL
ORDER BY updated_at DESC, id DESC
LIMIT 20;

-- name: document_page
-- class: simple
-- weight: 15
-- doc: A page and its author.
-- param: organization_id = documents.organization_id
-- param: id = documents.id
SELECT d.id, d.title, d.body, d.version, d.updated_at, u.display_name
FROM documents d
JOIN memberships m ON m.organization_id = d.organization_id AND m.id = d.author_id
JOIN users u ON u.id = m.user_id
WHERE d.organization_id = :organization_id AND d.id = :id AND d.deleted_at IS NULL;

-- name: document_search
-- class: complex
-- weight: 4
-- doc: An organization's pages with a word in title or text.
-- param: organization_id = documents.organization_id
-- param: q = word documents.title
SELECT id, title, updated_at
FROM documents
WHERE organization_id = :organization_id AND deleted_at IS NULL
  AND (lower(title) LIKE '%' || :q || '%' OR lower(body) LIKE '%' || :q || '%')
ORDER BY updated_at DESC, id DESC
LIMIT 20;

-- name: workspace_overview
-- class: complex
-- weight: 3
-- doc: Each project of a workspace: how much is done, how much is late.
-- param: organization_id = projects.organization_id
-- param: workspace_id = projects.workspace_id
-- param: today = 0d..30d ago
SELECT p.id, p.name, count(t.id) AS tasks,
       sum(CASE WHEN t.status = 'done' THEN 1 ELSE 0 END) AS done,
       sum(CASE WHEN t.status <> 'done' AND t.due_on < (:today::timestamptz)::date THEN 1 ELSE 0 END) AS late
FROM projects p
JOIN tasks t ON t.organization_id = p.organization_id AND t.project_id = p.id AND t.deleted_at IS NULL
WHERE p.organization_id = :organization_id AND p.workspace_id = :workspace_id AND p.deleted_at IS NULL
GROUP BY p.id, p.name
ORDER BY p.name, p.id;
-- engine: sqlite
SELECT p.id, p.name, count(t.id) AS tasks,
       sum(CASE WHEN t.status = 'done' THEN 1 ELSE 0 END) AS done,
       sum(CASE WHEN t.status <> 'done' AND t.due_on < date(:today) THEN 1 ELSE 0 END) AS late
FROM projects p
JOIN tasks t ON t.organization_id = p.organization_id AND t.project_id = p.id AND t.deleted_at IS NULL
WHERE p.organization_id = :organization_id AND p.workspace_id = :workspace_id AND p.deleted_at IS NULL
GROUP BY p.id, p.name
ORDER BY p.name, p.id;

-- name: work_by_member
-- class: complex
-- weight: 2
-- doc: How much each member has to do.
-- param: organization_id = organizations.id
SELECT m.id, u.display_name, count(*) AS tasks, sum(t.estimate_minutes) AS minutes
FROM tasks t
JOIN memberships m ON m.organization_id = t.organization_id AND m.id = t.assignee_id
JOIN users u ON u.id = m.user_id
WHERE t.organization_id = :organization_id AND t.status IN ('open', 'in_progress') AND t.deleted_at IS NULL
GROUP BY m.id, u.display_name
ORDER BY count(*) DESC, m.id
LIMIT 20;

-- name: done_by_month
-- class: complex
-- weight: 2
-- doc: What an organization got done, month by month, and how long a task took.
-- param: organization_id = organizations.id
-- param: since = 180d..360d ago
SELECT date_trunc('month', completed_at AT TIME ZONE 'UTC')::date AS month, count(*) AS tasks,
       round(sum(estimate_minutes) / 60.0, 1) AS hours
FROM tasks
WHERE organization_id = :organization_id AND status = 'done' AND completed_at >= :since AND deleted_at IS NULL
GROUP BY 1
ORDER BY 1;
-- engine: sqlite
SELECT date(completed_at, 'start of month') AS month, count(*) AS tasks,
       round(sum(estimate_minutes) / 60.0, 1) AS hours
FROM tasks
WHERE organization_id = :organization_id AND status = 'done' AND completed_at >= :since AND deleted_at IS NULL
GROUP BY 1
ORDER BY 1;

-- name: activity_feed
-- class: complex
-- weight: 5
-- doc: The newest entries of the log with who made them, and the newest comments among them.
-- param: organization_id = organizations.id
-- param: before = 0d..60d ago
SELECT f.kind, f.id, f.at, u.display_name
FROM (
  SELECT * FROM (
    SELECT 'log' AS kind, a.id, a.created_at AS at, a.actor_id AS member_id
    FROM audit_log a
    WHERE a.organization_id = :organization_id AND a.created_at < :before
    ORDER BY a.created_at DESC, a.id DESC
    LIMIT 40
  ) newest_entries
  UNION ALL
  SELECT * FROM (
    SELECT 'comment' AS kind, c.id, c.created_at AS at, c.author_id AS member_id
    FROM comments c
    WHERE c.organization_id = :organization_id AND c.created_at < :before
    ORDER BY c.created_at DESC, c.id DESC
    LIMIT 40
  ) newest_comments
) f
LEFT JOIN memberships m ON m.organization_id = :organization_id AND m.id = f.member_id
LEFT JOIN users u ON u.id = m.user_id
ORDER BY f.at DESC, f.kind, f.id DESC
LIMIT 40;

-- name: audit_of_entity
-- class: simple
-- weight: 1
-- doc: What happened to one thing, newest first.
-- param: organization_id = audit_log.organization_id
-- param: entity_type = audit_log.entity_type
-- param: entity_id = audit_log.entity_id
SELECT id, action, actor_id, changes, created_at
FROM audit_log
WHERE organization_id = :organization_id AND entity_type = :entity_type AND entity_id = :entity_id
ORDER BY created_at DESC, id DESC
LIMIT 50;

-- ---------------------------------------------------------------- A tenant's account

-- name: current_subscription
-- class: simple
-- weight: 10
-- doc: What an organization has booked.
-- param: organization_id = subscriptions.organization_id
SELECT s.id, s.status, s.seats, p.code, p.price, p.currency, p.included_calls
FROM subscriptions s
JOIN plans p ON p.id = s.plan_id
WHERE s.organization_id = :organization_id AND s.ended_at IS NULL
ORDER BY s.started_at DESC, s.id DESC
LIMIT 1;

-- name: invoices_of_organization
-- class: simple
-- weight: 2
-- doc: The bills, newest first.
-- param: organization_id = invoices.organization_id
SELECT id, number, status, total, currency, issued_at, due_at
FROM invoices
WHERE organization_id = :organization_id
ORDER BY issued_at DESC, id DESC
LIMIT 24;

-- name: invoice_page
-- class: simple
-- weight: 2
-- doc: A bill line by line, with what was paid of it.
-- param: organization_id = invoices.organization_id
-- param: id = invoices.id
SELECT i.number, i.status, i.total, l.id AS line_id, l.description, l.quantity, l.unit_price,
       (SELECT sum(p.amount) FROM payments p
        WHERE p.organization_id = i.organization_id AND p.invoice_id = i.id AND p.status = 'succeeded') AS paid
FROM invoices i
JOIN invoice_lines l ON l.organization_id = i.organization_id AND l.invoice_id = i.id
WHERE i.organization_id = :organization_id AND i.id = :id
ORDER BY l.id;

-- name: usage_of_period
-- class: simple
-- weight: 8
-- doc: What was used since the period began: asked before an expensive call is let through.
-- param: organization_id = usage_daily.organization_id
-- param: since = 1d..31d ago
SELECT metric, sum(quantity) AS quantity
FROM usage_daily
WHERE organization_id = :organization_id AND day >= (:since::timestamptz)::date
GROUP BY metric
ORDER BY CAST(metric AS text);
-- engine: sqlite
SELECT metric, sum(quantity) AS quantity
FROM usage_daily
WHERE organization_id = :organization_id AND day >= date(:since)
GROUP BY metric
ORDER BY metric;

-- name: usage_by_day
-- class: complex
-- weight: 2
-- doc: The usage chart, out of the events themselves.
-- param: organization_id = usage_events.organization_id
-- param: since = 20d..60d ago
SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day, metric, count(*) AS events, sum(quantity) AS quantity
FROM usage_events
WHERE organization_id = :organization_id AND occurred_at >= :since
GROUP BY 1, 2
ORDER BY 1, CAST(metric AS text);
-- engine: sqlite
SELECT date(occurred_at) AS day, metric, count(*) AS events, sum(quantity) AS quantity
FROM usage_events
WHERE organization_id = :organization_id AND occurred_at >= :since
GROUP BY 1, 2
ORDER BY 1, 2;

-- ------------------------------------------------------------------ The vendor's books

-- name: recurring_revenue
-- class: complex
-- weight: 1
-- doc: What subscriptions bring in a month, by plan.
SELECT p.code, p.currency, count(*) AS subscriptions, sum(s.seats) AS seats, sum(s.seats * p.price) AS revenue
FROM subscriptions s
JOIN plans p ON p.id = s.plan_id
WHERE s.ended_at IS NULL AND s.status IN ('active', 'past_due')
GROUP BY p.code, p.currency
ORDER BY p.code;

-- name: overdue_invoices
-- class: complex
-- weight: 1
-- doc: Who has not paid, the longest first.
-- param: at = 0d..20d ago
SELECT i.id, i.number, i.total, i.due_at, o.name
FROM invoices i
JOIN organizations o ON o.id = i.organization_id
WHERE i.status = 'open' AND i.due_at < :at
ORDER BY i.due_at, i.id
LIMIT 50;

-- name: heaviest_tenants
-- class: complex
-- weight: 1
-- doc: Who used most lately, beside what the plan includes.
-- param: since = 15d..45d ago
SELECT o.id, o.name, sum(d.quantity) AS quantity,
       (SELECT max(p.included_calls) FROM subscriptions s JOIN plans p ON p.id = s.plan_id
        WHERE s.organization_id = o.id AND s.ended_at IS NULL) AS included
FROM usage_daily d
JOIN organizations o ON o.id = d.organization_id
WHERE d.metric = 'api_calls' AND d.day >= (:since::timestamptz)::date
GROUP BY o.id, o.name
ORDER BY sum(d.quantity) DESC, o.id
LIMIT 20;
-- engine: sqlite
SELECT o.id, o.name, sum(d.quantity) AS quantity,
       (SELECT max(p.included_calls) FROM subscriptions s JOIN plans p ON p.id = s.plan_id
        WHERE s.organization_id = o.id AND s.ended_at IS NULL) AS included
FROM usage_daily d
JOIN organizations o ON o.id = d.organization_id
WHERE d.metric = 'api_calls' AND d.day >= date(:since)
GROUP BY o.id, o.name
ORDER BY sum(d.quantity) DESC, o.id
LIMIT 20;

-- name: tasks_by_organization
-- class: complex
-- weight: 1
-- doc: How much each organization works with the product.
SELECT o.id, o.name, count(*) AS tasks, sum(CASE WHEN t.status = 'done' THEN 1 ELSE 0 END) AS done
FROM tasks t
JOIN organizations o ON o.id = t.organization_id
WHERE t.deleted_at IS NULL
GROUP BY o.id, o.name
ORDER BY count(*) DESC, o.id
LIMIT 20;

-- -------------------------------------------------------------------------- Writes

-- name: create_task
-- class: simple
-- weight: 5
-- doc: A new task.
-- param: organization_id = tasks.organization_id
-- param: project_id = tasks.project_id
-- param: reporter_id = tasks.reporter_id
-- param: title = tasks.title
-- param: created_at = 0d..1d ago
INSERT INTO tasks (organization_id, project_id, reporter_id, title, status, priority, created_at, updated_at)
VALUES (:organization_id, :project_id, :reporter_id, :title, 'backlog', 3, :created_at, :created_at);

-- name: move_task
-- class: simple
-- weight: 6
-- doc: A task taken to another column of the board.
-- param: organization_id = tasks.organization_id
-- param: id = tasks.id
-- param: status = one of 'open', 'in_progress', 'done'
-- param: at = 0d..1d ago
UPDATE tasks SET status = :status, updated_at = :at WHERE organization_id = :organization_id AND id = :id;

-- name: add_comment
-- class: simple
-- weight: 5
-- doc: Something said of a task.
-- param: organization_id = comments.organization_id
-- param: task_id = comments.task_id
-- param: author_id = comments.author_id
-- param: body = comments.body
-- param: created_at = 0d..1d ago
INSERT INTO comments (organization_id, task_id, author_id, body, created_at, updated_at)
VALUES (:organization_id, :task_id, :author_id, :body, :created_at, :created_at);

-- name: edit_document
-- class: simple
-- weight: 4
-- doc: A page saved.
-- param: organization_id = documents.organization_id
-- param: id = documents.id
-- param: body = documents.body
-- param: at = 0d..1d ago
UPDATE documents SET body = :body, version = version + 1, updated_at = :at
WHERE organization_id = :organization_id AND id = :id;

-- name: record_usage
-- class: simple
-- weight: 30
-- doc: An API call counted.
-- param: organization_id = usage_events.organization_id
-- param: quantity = 1..20
-- param: occurred_at = 0d..1d ago
INSERT INTO usage_events (organization_id, metric, quantity, occurred_at)
VALUES (:organization_id, 'api_calls', :quantity, :occurred_at);

-- name: add_to_day
-- class: simple
-- weight: 5
-- doc: The day's sum brought up to date.
-- param: organization_id = usage_daily.organization_id
-- param: day = usage_daily.day
-- param: quantity = 1..200
-- param: at = 0d..1d ago
INSERT INTO usage_daily (organization_id, day, metric, quantity, updated_at)
VALUES (:organization_id, :day, 'api_calls', :quantity, :at)
ON CONFLICT (organization_id, day, metric)
DO UPDATE SET quantity = usage_daily.quantity + excluded.quantity, updated_at = excluded.updated_at;
-- engine: sqlite
INSERT INTO usage_daily (organization_id, day, metric, quantity, updated_at)
VALUES (:organization_id, :day, 'api_calls', :quantity, :at)
ON CONFLICT (organization_id, day, metric)
DO UPDATE SET quantity = usage_daily.quantity + excluded.quantity, updated_at = excluded.updated_at;

-- name: log_action
-- class: simple
-- weight: 10
-- doc: An entry of the audit log.
-- param: organization_id = audit_log.organization_id
-- param: actor_id = audit_log.actor_id
-- param: entity_id = audit_log.entity_id
-- param: created_at = 0d..1d ago
INSERT INTO audit_log (organization_id, actor_id, action, entity_type, entity_id, changes, created_at)
VALUES (:organization_id, :actor_id, 'update', 'tasks', :entity_id, '{"status": ["open", "done"]}', :created_at);

-- name: touch_api_key
-- class: simple
-- weight: 10
-- doc: When a key was last used.
-- param: organization_id = api_keys.organization_id
-- param: id = api_keys.id
-- param: at = 0d..1d ago
UPDATE api_keys SET last_used_at = :at WHERE organization_id = :organization_id AND id = :id;

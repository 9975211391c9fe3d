-- A tenant's queries find its own tables by the search path; the vendor's go to the shared ones, and to a view of all.

-- session: search_path = 'tenant_' || :organization_id || ', public'

-- name: user_by_email
-- session: search_path = 'public'

-- name: user_by_sso
-- session: search_path = 'public'

-- name: organizations_of_user
-- session: search_path = 'public'

-- name: api_key_by_hash
-- session: search_path = 'public'

-- name: invitation_by_token
-- session: search_path = 'public'

-- name: recurring_revenue
-- session: search_path = 'public'

-- name: overdue_invoices
-- session: search_path = 'public'

-- name: heaviest_tenants
-- session: search_path = 'public'

-- name: tasks_by_organization
-- session: search_path = 'public'
SELECT o.id, o.name, count(*) AS tasks, sum(CASE WHEN t.status = 'done' THEN 1 ELSE 0 END) AS done
FROM all_tasks t
JOIN organizations o ON o.id = t.organization_id
WHERE t.deleted_at IS NULL
GROUP BY o.id, o.name
ORDER BY count(*) DESC, o.id
LIMIT 20;

-- The same operations in sessions: each transaction says who it is for. A web application does the same in the place
-- where it takes a connection out of the pool.

-- session: app.tenant = tenancy.pass(:organization_id)
-- session: role = 'saas_tenant'

-- For nobody in particular:

-- name: user_by_email
-- session: role = 'saas_platform'

-- name: user_by_sso
-- session: role = 'saas_platform'

-- name: organizations_of_user
-- session: role = 'saas_platform'

-- name: api_key_by_hash
-- session: role = 'saas_platform'

-- name: invitation_by_token
-- session: role = 'saas_platform'

-- name: recurring_revenue
-- session: role = 'saas_platform'

-- name: overdue_invoices
-- session: role = 'saas_platform'

-- name: heaviest_tenants
-- session: role = 'saas_platform'

-- name: tasks_by_organization
-- session: role = 'saas_platform'

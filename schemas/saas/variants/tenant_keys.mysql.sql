-- Primary keys that begin with the tenant. InnoDB keeps rows in the order of their primary key, so a tenant's lie together
-- and its queries read fewer pages; what inserts pay is a place in the middle. AUTO_INCREMENT wants a key of its own on
-- the number.

-- migrate:up
ALTER TABLE workspaces DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY workspaces_id_key (id),
  DROP INDEX workspaces_organization_id_id_key;
ALTER TABLE memberships DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY memberships_id_key (id),
  DROP INDEX memberships_organization_id_id_key;
ALTER TABLE roles DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY roles_id_key (id),
  DROP INDEX roles_organization_id_id_key;
ALTER TABLE subscriptions DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY subscriptions_id_key (id),
  DROP INDEX subscriptions_organization_id_id_key;
ALTER TABLE invoices DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY invoices_id_key (id),
  DROP INDEX invoices_organization_id_id_key;
ALTER TABLE projects DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY projects_id_key (id),
  DROP INDEX projects_organization_id_id_key;
ALTER TABLE tasks DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY tasks_id_key (id),
  DROP INDEX tasks_organization_id_id_key;
ALTER TABLE api_keys DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY api_keys_id_key (id);
ALTER TABLE invitations DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY invitations_id_key (id);
ALTER TABLE invoice_lines DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY invoice_lines_id_key (id);
ALTER TABLE payments DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY payments_id_key (id);
ALTER TABLE usage_events DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY usage_events_id_key (id);
ALTER TABLE documents DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY documents_id_key (id);
ALTER TABLE comments DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY comments_id_key (id);
ALTER TABLE audit_log DROP PRIMARY KEY, ADD PRIMARY KEY (organization_id, id), ADD UNIQUE KEY audit_log_id_key (id);

-- migrate:down
ALTER TABLE audit_log DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX audit_log_id_key;
ALTER TABLE comments DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX comments_id_key;
ALTER TABLE documents DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX documents_id_key;
ALTER TABLE usage_events DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX usage_events_id_key;
ALTER TABLE payments DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX payments_id_key;
ALTER TABLE invoice_lines DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX invoice_lines_id_key;
ALTER TABLE invitations DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX invitations_id_key;
ALTER TABLE api_keys DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX api_keys_id_key;
ALTER TABLE tasks DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX tasks_id_key,
  ADD UNIQUE KEY tasks_organization_id_id_key (organization_id, id);
ALTER TABLE projects DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX projects_id_key,
  ADD UNIQUE KEY projects_organization_id_id_key (organization_id, id);
ALTER TABLE invoices DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX invoices_id_key,
  ADD UNIQUE KEY invoices_organization_id_id_key (organization_id, id);
ALTER TABLE subscriptions DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX subscriptions_id_key,
  ADD UNIQUE KEY subscriptions_organization_id_id_key (organization_id, id);
ALTER TABLE roles DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX roles_id_key,
  ADD UNIQUE KEY roles_organization_id_id_key (organization_id, id);
ALTER TABLE memberships DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX memberships_id_key,
  ADD UNIQUE KEY memberships_organization_id_id_key (organization_id, id);
ALTER TABLE workspaces DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP INDEX workspaces_id_key,
  ADD UNIQUE KEY workspaces_organization_id_id_key (organization_id, id);

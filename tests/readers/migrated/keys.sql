-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Document" (
    "id" SERIAL NOT NULL,
    "slug" TEXT NOT NULL,
    "tenant" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "deleted_at" TIMESTAMP(3),
    "isPublic" BOOLEAN NOT NULL DEFAULT false,
    "meta" JSONB NOT NULL,
    "data" JSONB NOT NULL,
    "tags" TEXT[],
    "address" INET NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "document_primary" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow" (
    "id" INTEGER NOT NULL,
    "aFieldThatIsRatherLongAsWell" INTEGER NOT NULL,
    "anotherFieldThatIsRatherLong" INTEGER NOT NULL,
    "document" TEXT NOT NULL DEFAULT 'größe',

    CONSTRAINT "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ÜbergrößenverwaltungsdatensatzfürbesondersgroßeSchuhgrößenÄÖÜ" (
    "größe" INTEGER NOT NULL,
    "länge" INTEGER NOT NULL,

    CONSTRAINT "ÜbergrößenverwaltungsdatensatzfürbesondersgroßeSchuhg_pkey" PRIMARY KEY ("größe")
);

-- CreateIndex
CREATE UNIQUE INDEX "document_slug_unique" ON "Document"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "Document_data_key" ON "Document"("data");

-- CreateIndex
CREATE INDEX "Document_tenant_idx" ON "Document"("tenant");

-- CreateIndex
CREATE INDEX "Document_tenant_createdAt_idx" ON "Document"("tenant", "createdAt" DESC);

-- CreateIndex
CREATE INDEX "newest" ON "Document"("createdAt");

-- CreateIndex
CREATE INDEX "Document_title_idx" ON "Document" USING HASH ("title");

-- CreateIndex
CREATE INDEX "Document_meta_idx" ON "Document" USING GIN ("meta");

-- CreateIndex
CREATE INDEX "meta_paths" ON "Document" USING GIN ("meta" jsonb_path_ops);

-- CreateIndex
CREATE INDEX "Document_tags_idx" ON "Document" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "Document_address_idx" ON "Document" USING GIST ("address" inet_ops);

-- CreateIndex
CREATE INDEX "address_tree" ON "Document" USING SPGIST ("address" inet_ops);

-- CreateIndex
CREATE INDEX "created_brin" ON "Document" USING BRIN ("createdAt");

-- CreateIndex
CREATE INDEX "created_multi" ON "Document" USING BRIN ("createdAt" timestamp_minmax_multi_ops);

-- CreateIndex
CREATE INDEX "id_bloom" ON "Document" USING BRIN ("id" int4_bloom_ops);

-- CreateIndex
CREATE INDEX "title_pattern" ON "Document"("title" text_pattern_ops DESC, "tenant");

-- CreateIndex
CREATE INDEX "public_body" ON "Document"("body" text_pattern_ops) WHERE ("isPublic");

-- CreateIndex
CREATE INDEX "Document_tenant_body_idx" ON "Document"("tenant", "body") WHERE ("isPublic" = true AND "deleted_at" IS NULL);

-- CreateIndex
CREATE INDEX "Document_tenant_title_idx" ON "Document"("tenant", "title") WHERE ("deleted_at" IS NOT NULL AND "tenant" = 5);

-- CreateIndex
CREATE UNIQUE INDEX "Document_tenant_title_key" ON "Document"("tenant", "title");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_slug" ON "Document"("tenant", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "Document_tenant_createdAt_key" ON "Document"("tenant", "createdAt" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "Document_slug_isPublic_key" ON "Document"("slug", "isPublic") WHERE (deleted_at IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow_aF_key" ON "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow"("aFieldThatIsRatherLongAsWell");

-- CreateIndex
CREATE INDEX "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow_aF_idx" ON "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow"("aFieldThatIsRatherLongAsWell", "anotherFieldThatIsRatherLong");

-- CreateIndex
CREATE UNIQUE INDEX "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow_an_key" ON "AModelWithAVeryLongNameThatGoesOnAndOnUntilNamesOverflow"("anotherFieldThatIsRatherLong", "document");

-- CreateIndex
CREATE INDEX "ÜbergrößenverwaltungsdatensatzfürbesondersgroßeSchuhgr_idx" ON "ÜbergrößenverwaltungsdatensatzfürbesondersgroßeSchuhgrößenÄÖÜ"("länge");

import * as orm from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToMany, ManyToOne, OneToMany, OneToOne } from "typeorm";

const KINDS = ["draft", "live"];
const Id = () => orm.PrimaryGeneratedColumn("increment", { type: "bigint", unsigned: true });
const Timestamps = {
  created: { name: "created_at" },
  updated: { name: "updated_at", precision: 3 } as const,
};

@Entity("authors")
export class Author {
  @Id()
  id!: string;

  @Column({ type: "varchar", unique: true })
  email!: string;

  @Column({ type: "boolean", default: false })
  isStaff!: boolean;

  @Column({ type: "int", unsigned: true, default: 0 })
  karma!: number;

  @Column("datetime", { precision: 3, nullable: true })
  seen!: Date | null;

  @Column()
  born!: Date;

  @Column("simple-json", { nullable: true })
  links!: string[];

  @Column("enum", { enum: KINDS, default: KINDS[0] })
  kind!: string;

  @Column("decimal", { precision: 8, scale: 3, default: "0.5" })
  rate!: string;

  @Column("longtext", { nullable: true })
  bio!: string;

  @orm.CreateDateColumn(Timestamps.created)
  createdAt!: Date;

  @orm.UpdateDateColumn(Timestamps.updated)
  updatedAt!: Date;

  @OneToMany(() => Post, (post) => post.author)
  posts!: Post[];
}

@Entity("posts")
@Index("post_slug", ["slug", "author"], { unique: true })
export class Post {
  @orm.PrimaryGeneratedColumn("uuid")
  id!: string;

  @Column({ length: 120 })
  slug!: string;

  @ManyToOne(() => Author, (author) => author.posts, { onDelete: "RESTRICT", nullable: false })
  @JoinColumn({ name: "author_id" })
  author!: Author;

  @OneToOne(() => Post)
  @JoinColumn({ name: "next_id", referencedColumnName: "id" })
  next!: Post;

  @ManyToMany(() => Author)
  @orm.JoinTable({ name: "post_editors" })
  editors!: Author[];

  @Column("text")
  body!: string;

  @Column("json", { nullable: true })
  meta!: Record<string, unknown>;

  @Column({ type: "int", generatedType: "STORED", asExpression: "char_length(`slug`)" })
  size!: number;
}

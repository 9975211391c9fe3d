import {
  ChildEntity,
  Column,
  Entity,
  EntitySchema,
  ManyToOne,
  PrimaryGeneratedColumn,
  TableInheritance,
  Tree,
  TreeChildren,
  TreeParent,
} from "typeorm";
import { Profile } from "./entities";

@Entity()
@Tree("closure-table")
export class Category {
  @PrimaryGeneratedColumn()
  id!: number;

  @TreeChildren()
  children!: Category[];

  @TreeParent({ onDelete: "CASCADE" })
  parent!: Category;
}

@Entity()
@Tree("materialized-path")
export class Folder {
  @PrimaryGeneratedColumn()
  id!: number;

  @TreeParent()
  parent!: Folder;
}

@Entity()
@Tree("nested-set")
export class Region {
  @PrimaryGeneratedColumn()
  id!: number;

  @TreeParent()
  parent!: Region;
}

@Entity()
@TableInheritance({ column: { type: "varchar", name: "kind", length: 10 } })
export class Content {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  title!: string;
}

@ChildEntity()
export class Photo extends Content {
  @Column()
  size!: string;
}

@ChildEntity("Q")
export class Question extends Content {
  @Column("int")
  answers!: number;

  @ManyToOne(() => Profile)
  author!: Profile;
}

export interface Shelf {
  code: string;
  tags: Tag[];
}
export interface Tag {
  id: number;
  name: string;
  createdAt: Date;
  shelf: Shelf;
  others: Shelf[];
}
export const ShelfSchema = new EntitySchema<Shelf>({
  name: "Shelf",
  columns: { code: { type: "varchar", primary: true, length: 8 } },
  relations: { tags: { type: "one-to-many", target: "Tag", inverseSide: "shelf" } },
});
export const TagSchema = new EntitySchema<Tag>({
  name: "Tag",
  tableName: "tags",
  columns: {
    id: { type: Number, primary: true, generated: true },
    name: { type: String, unique: true, length: 30 },
    createdAt: { type: "timestamptz", createDate: true },
  },
  relations: {
    shelf: { type: "many-to-one", target: "Shelf", joinColumn: { name: "shelf_code" }, onDelete: "CASCADE" },
    others: { type: "many-to-many", target: "Shelf", joinTable: true },
  },
  indices: [{ name: "tags_name_idx", columns: ["name"], where: '"name" <> \'\'' }],
  checks: [{ expression: '"id" > 0' }],
});

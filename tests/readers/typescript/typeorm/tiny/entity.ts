import { BaseEntity, Column, DataSource, Entity, ManyToOne, PrimaryGeneratedColumn, Tree, TreeParent } from "typeorm";

type State = "open" | "done";
interface Meta {
  note: string;
}

@Entity()
@Tree("materialized-path")
export class TodoItem extends BaseEntity {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  title!: string;

  @Column({ default: "open" })
  state!: State;

  @Column({ type: "simple-enum", enum: ["a", "b"], nullable: true })
  kind?: string;

  @Column("simple-json", { nullable: true })
  meta?: Meta;

  @Column({ default: false })
  done!: boolean;

  @Column({ default: () => "CURRENT_TIMESTAMP" })
  at!: Date;

  @Column("float", { default: 1.5 })
  weight!: number;

  @ManyToOne(() => TodoItem, { onDelete: "CASCADE" })
  blocker?: TodoItem;

  @TreeParent()
  parent?: TodoItem;
}

export const source = new DataSource({ type: "sqljs", entities: [TodoItem] });

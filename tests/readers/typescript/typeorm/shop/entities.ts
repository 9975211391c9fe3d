import {
  Check,
  Column,
  Entity,
  Exclusion,
  Generated,
  Index,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
  VersionColumn,
} from "typeorm";
import { Address, Base, Money, NAME_LENGTH } from "./base";

export enum Role {
  Admin = "admin",
  Member = "member",
}
export enum Level {
  Low,
  High = 10,
}
type Color = "red" | "green";

/** A person who buys. */
@Entity({ name: "users" })
@Index("users_name_idx", ["lastName", "firstName"])
@Index(["email"], { unique: true, where: '"deletedAt" IS NULL' })
@Unique("users_nick", ["nick"])
@Check('"age" >= 0')
export class User extends Base {
  /** Lower case. */
  @Column({ length: NAME_LENGTH })
  email!: string;

  @Column({ type: "varchar", length: "40", unique: true, comment: "shown to others" })
  nick!: string;

  @Column()
  firstName!: string;

  @Column("text", { nullable: true })
  lastName?: string | null;

  @Column({ type: "enum", enum: Role, default: Role.Member })
  role!: Role;

  @Column({ type: "enum", enum: ["a", "b"], array: true, default: ["a"], enumName: "letters" })
  letters!: string[];

  @Column({ type: "simple-enum", enum: Level, nullable: true })
  level!: Level;

  @Column({ nullable: true, type: "int" })
  age!: number;

  @Column({ default: true })
  isActive!: boolean;

  @Column({ type: "jsonb", default: { theme: "dark" } })
  settings!: object;

  @Column("simple-array", { default: "a,b" })
  tags!: string[];

  @Column("text", { array: true, default: "{}" })
  labels!: string[];

  @Column({ type: "decimal", precision: 5, scale: 2, default: 0.5 })
  rate!: number;

  @Column({ type: "timestamp with time zone", default: () => "CURRENT_TIMESTAMP" })
  seenAt!: Date;

  @Column("varchar")
  color!: Color;

  @Column({ type: "char", length: 2, select: false })
  country!: string;

  @Column({ type: "tsvector", generatedType: "STORED", asExpression: "to_tsvector('simple', \"firstName\")", nullable: true })
  search!: string;

  @Column(() => Address)
  home!: Address;

  @Column(() => Money, { prefix: false })
  balance!: Money;

  @Index()
  @Column({ nullable: true })
  referrerId!: string;

  @ManyToOne(() => User, (user) => user.referred, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "referrerId" })
  referrer!: Relation<User>;

  @OneToMany(() => User, (user) => user.referrer)
  referred!: User[];

  @OneToMany(() => Order, (order) => order.user)
  orders!: Relation<Order>[];

  @OneToOne(() => Profile, (profile) => profile.user)
  profile!: Relation<Profile>;

  @ManyToMany(() => Group, (group) => group.members, { onDelete: "NO ACTION" })
  @JoinTable()
  groups!: Relation<Group>[];

  @VersionColumn()
  version!: number;
}

@Entity()
export class Profile {
  @PrimaryGeneratedColumn()
  id!: number;

  @OneToOne(() => User, (user) => user.profile, { onDelete: "CASCADE" })
  @JoinColumn()
  user!: User;

  @Column({ type: "bytea", nullable: true })
  picture!: Buffer;
}

@Entity("order", { schema: "sales" })
@Exclusion(`USING gist ("window" WITH &&)`)
export class Order {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "ALWAYS" })
  id!: string;

  @Index("order_user")
  @ManyToOne(() => User, (user) => user.orders, { nullable: false, onUpdate: "CASCADE" })
  user!: Relation<User>;

  @Column({ type: "tstzrange", nullable: true })
  window!: string;

  @Column()
  @Generated("uuid")
  token!: string;

  @OneToMany("OrderLine", "order")
  lines!: Relation<OrderLine>[];
}

@Entity()
@Index((line: OrderLine) => [line.product, line.note], { unique: true })
export class OrderLine {
  @PrimaryColumn({ type: "bigint" })
  orderId!: string;

  @PrimaryColumn()
  line!: number;

  @ManyToOne("Order", "lines", { onDelete: "CASCADE", deferrable: "INITIALLY DEFERRED" })
  @JoinColumn({ name: "orderId" })
  order!: Relation<Order>;

  @ManyToOne(() => Product, { eager: true })
  @JoinColumn([
    { name: "product_vendor", referencedColumnName: "vendor" },
    { name: "product_sku", referencedColumnName: "sku" },
  ])
  product!: Relation<Product>;

  @Column({ nullable: true })
  note!: string;
}

@Entity({ schema: "sales" })
export class Product {
  @PrimaryColumn({ length: 20 })
  vendor!: string;

  @PrimaryColumn({ length: 30 })
  sku!: string;

  @ManyToMany(() => Product)
  @JoinTable({
    name: "bundles",
    joinColumns: [{ name: "a_vendor", referencedColumnName: "vendor" }, { name: "a_sku", referencedColumnName: "sku" }],
    inverseJoinColumns: [{ name: "b_vendor", referencedColumnName: "vendor" }, { name: "b_sku", referencedColumnName: "sku" }],
  })
  bundled!: Product[];
}

@Entity({ name: "user_groups" })
export class Group {
  @PrimaryGeneratedColumn({ type: "smallint", name: "group_id" })
  id!: number;

  @ManyToMany(() => User, (user) => user.groups)
  members!: Relation<User>[];

  @ManyToMany(() => Group)
  @JoinTable({ joinColumn: { name: "outer" }, inverseJoinColumn: { name: "inner" } })
  inner!: Group[];
}

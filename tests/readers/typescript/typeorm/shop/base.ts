import { Column, CreateDateColumn, DeleteDateColumn, PrimaryGeneratedColumn, UpdateDateColumn } from "typeorm";

export const NAME_LENGTH = 80;

export abstract class Base {
  @PrimaryGeneratedColumn("uuid")
  id!: string;

  @CreateDateColumn({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;

  @UpdateDateColumn()
  updatedAt!: Date;

  @DeleteDateColumn({ nullable: true })
  deletedAt?: Date | null;
}

export class Money {
  @Column({ type: "numeric", precision: 12, scale: 2, default: 0 })
  amount!: string;

  @Column({ length: 3 })
  currency!: string;
}

export class Address {
  @Column()
  street!: string;

  @Column({ name: "zip_code", nullable: true })
  zip!: string;

  @Column(() => Money, { prefix: "fee" })
  fee!: Money;
}

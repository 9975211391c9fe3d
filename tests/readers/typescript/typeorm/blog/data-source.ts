import { DataSource } from "typeorm";
import { Author, Post } from "./entities";

export const source = new DataSource({ type: "mysql", entities: [Author, Post], database: "blog" });

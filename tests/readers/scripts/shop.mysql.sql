-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
# A comment of MySQL's own; with a semicolon
DROP TABLE IF EXISTS `customer`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `customer` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `eMail` varchar(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'it''s lower; case',
  `kind` enum('person','com''pany') NOT NULL DEFAULT 'person',
  `tags` set('a','b') DEFAULT NULL,
  `note` text,
  `is_active` tinyint(1) NOT NULL DEFAULT '1',
  `balance` decimal(10,2) unsigned NOT NULL DEFAULT '0.00',
  `rate` double NOT NULL DEFAULT '0',
  `token` binary(4) NOT NULL DEFAULT '',
  `born` date DEFAULT NULL,
  `created_at` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updated_at` datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `full` varchar(200) GENERATED ALWAYS AS (concat(`eMail`,'!')) STORED,
  PRIMARY KEY (`id`),
  UNIQUE KEY `email` (`EMAIL`),
  KEY `note_start` (`note`(20),`kind`),
  KEY `newest` (`created_at` DESC),
  FULLTEXT KEY `words` (`note`),
  CONSTRAINT `rate_bounds` CHECK ((`rate` between 0 and 1)),
  CHECK (Balance >= 0)
) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4 COMMENT='who buys; and who may';
LOCK TABLES `customer` WRITE;
INSERT INTO `customer` (`id`, `eMail`) VALUES (1,'a;b'),(2,'c\'; DROP TABLE customer; --');
UNLOCK TABLES;

CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL,
  customer_id INT UNSIGNED NOT NULL,
  parent_id BIGINT UNSIGNED NULL,
  `key` VARCHAR(20) NOT NULL DEFAULT "a\tb",
  state VARCHAR(10) NOT NULL,
  placed DATETIME NOT NULL,
  KEY (customer_id, placed),
  KEY (customer_id),
  UNIQUE (`key`)
) ENGINE = InnoDB;
ALTER TABLE orders ADD PRIMARY KEY (id), MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, AUTO_INCREMENT = 3;
ALTER TABLE orders
  ADD COLUMN total DECIMAL(12,2) NOT NULL AFTER parent_id,
  ADD INDEX by_total (total, placed DESC),
  ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE ON UPDATE CASCADE,
  ADD CONSTRAINT orders_parent FOREIGN KEY (parent_id) REFERENCES orders (id) ON DELETE SET NULL;
ALTER TABLE orders DROP COLUMN state;
CREATE UNIQUE INDEX once ON orders (customer_id, placed) USING BTREE;

CREATE TABLE measured (
  device INT NOT NULL,
  day DATE NOT NULL,
  value DOUBLE,
  PRIMARY KEY (device, day)
) ENGINE=InnoDB
/*!50500 PARTITION BY RANGE COLUMNS(`day`)
(PARTITION p2024 VALUES LESS THAN ('2025-01-01') ENGINE = InnoDB,
 PARTITION p_rest VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB) */;

DELIMITER $$
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW
BEGIN
  IF NEW.total < 0 THEN SET NEW.total = 0; END IF;
END$$
DELIMITER ;
CREATE PROCEDURE tidy() BEGIN DELETE FROM orders WHERE total = 0; SELECT 1; END;
CREATE OR REPLACE VIEW spenders AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id;
CREATE TABLE archived LIKE orders;

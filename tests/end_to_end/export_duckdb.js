// SPDX-License-Identifier: GPL-2.0-or-later
// Loads exported calls into DuckDB as docs/export.md says and prints what it makes of them:
//     node export_duckdb.js calls.jsonl|calls.csv
const { DuckDBInstance } = require('@duckdb/node-api');

async function main(file) {
    const reader = file.endsWith('.csv') ? 'read_csv' : 'read_json';
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    const rows = async (query) => (await connection.runAndReadAll(query)).getRows();
    const started = Date.now();

    await connection.run("SET memory_limit = '4GB'");
    const columns = await rows(`DESCRIBE SELECT * FROM ${reader}('${file}')`);
    const commands = await rows(`SELECT service, command, count(*) AS calls,
        count(*) FILTER (failed) AS errors, avg(duration_ns) / 1000 AS mean_us
        FROM ${reader}('${file}') GROUP BY ALL ORDER BY calls DESC, service, command LIMIT 10`);
    const asked = Date.now();
    await connection.run(`CREATE TABLE calls AS FROM ${reader}('${file}')`);
    const [[calls, failed]] =
        await rows('SELECT count(*), count(*) FILTER (failed) FROM calls WHERE status = \'answered\'');

    console.log(JSON.stringify({
        columns: Object.fromEntries(columns.map((column) => [column[0], column[1]])),
        commands: commands.map((row) => [row[0], row[1], Number(row[2]), Number(row[3])]),
        calls: Number(calls),
        failed: Number(failed),
        query_seconds: (asked - started) / 1000,
        load_seconds: (Date.now() - asked) / 1000,
    }));
}

main(process.argv[2]).catch((error) => {
    console.error(error.message);
    process.exit(1);
});

// Drives one org with jsforce and prints what it found as JSON: node jsforce_client.cjs FOLDER URL TOKEN
"use strict";
const [folder, url, token] = process.argv.slice(2);
const jsforce = require(`${folder}/node_modules/jsforce`);

async function main() {
  const conn = new jsforce.Connection({ instanceUrl: url, loginUrl: url, accessToken: token, version: "67.0" });
  const found = {};
  found.identity = (await conn.identity()).user_id;
  found.fields = (await conn.sobject("Contact").describe()).fields.length;
  const first = await conn.query("SELECT Id FROM Contact", { autoFetch: true, maxFetch: 100000 });
  found.total = first.totalSize;
  found.fetched = first.records.length;
  const rows = await (await conn.bulk2.query("SELECT Id FROM Contact")).toArray();
  found.bulk = new Set(rows.map((row) => row.Id).filter((id) => /^003/.test(id))).size;
  const [one, two, three] = first.records.map((record) => record.Id);
  found.updated = (await conn.sobject("Contact").update({ Id: one, Title: "By jsforce" })).success;
  const several = await conn.sobject("Contact").update([
    { Id: two, Title: "By jsforce" },
    { Id: three, Title: "By jsforce" },
  ]);
  found.several = several.every((result) => result.success);
  const made = await conn.sobject("Contact").create({ LastName: "Jsforce" });
  found.deleted = (await conn.sobject("Contact").destroy(made.id)).success;
  await conn.logoutByOAuth2();
  const after = new jsforce.Connection({ instanceUrl: url, loginUrl: url, accessToken: token, version: "67.0" });
  found.afterwards = await after.query("SELECT Id FROM Contact").then(() => "reads", (error) => error.errorCode);
  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// `npm run -s soak -- …` is a fleet of agents and its server, `npm run -s soak -- --zmtp …` are ZeroMQ sockets whose peers come and go.
import process from "node:process";

if (process.argv.includes("--zmtp")) await import("./zmtp/churn_main.ts");
else await import("./fleet_main.ts");

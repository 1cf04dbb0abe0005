// Writes TestUSDC.json: `npm install solc@0.8.30`, then `node compile.js` in this folder.
const crypto = require("crypto"), fs = require("fs"), path = require("path"), solc = require("solc");

const at = (name) => path.join(__dirname, name);
const content = fs.readFileSync(at("TestUSDC.sol"), "utf8");
const settings = {
  evmVersion: "shanghai",
  viaIR: true,
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
};
const outputSelection = { "*": { "*": ["evm.deployedBytecode.object"] } };
const input = { language: "Solidity", sources: { usdc: { content } }, settings: { ...settings, outputSelection } };
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const each of output.errors || []) console.error(each.formattedMessage);
const written = {
  compiler: solc.version(),
  settings,
  source_sha256: crypto.createHash("sha256").update(content).digest("hex"),
  runtime: `0x${output.contracts.usdc.TestUSDC.evm.deployedBytecode.object}`,
};
fs.writeFileSync(at("TestUSDC.json"), JSON.stringify(written, null, 1) + "\n");

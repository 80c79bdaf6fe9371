/** The path of another project's program on the PATH, or nothing: a test that needs it is skipped then, and says so. */
export async function findPeer(name: string): Promise<string | undefined> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/bin"];
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    const { isFile = false } = await Deno.stat(path).catch(() => ({ isFile: false }));
    if (isFile) return path;
  }
  console.warn(`skipped: ${name} is not installed (scripts/install_peers.sh installs it), so its tests don't run`);
  return undefined;
}

/** Keeps the token of a visitor whom the server does not know yet; see cookie.py. */

export default function ({ data: { name, token, lifetime }, setTriggerValue }) {
  const kept = () => document.cookie.match(`(?:^|; )${name}=([0-9a-f]{32})(?:;|$)`)?.[1]
  if (!kept()) {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    document.cookie = `${name}=${token}; Max-Age=${lifetime}; Path=/; SameSite=Strict${secure}`
  }
  if (kept() === token) setTriggerValue("accepted", true)
}

/** Reports about mails that did not arrive, as mail servers write them. */

export interface ReportParts {
  /** Where it is sent to: the return path of the mail. */
  readonly to: string;
  readonly action?: string;
  readonly status?: string;
  readonly diagnostic?: string;
  /** How the delivery status is written. */
  readonly encoding?: '7bit' | 'base64' | 'quoted-printable';
  readonly lineEnd?: '\r\n' | '\n';
}

/** As Postfix 3.7 writes it (RFC 3464, RFC 6522). */
export function postfixReport({
  to,
  action = 'failed',
  status = '5.1.1',
  diagnostic = 'smtp; 550 5.1.1 <gone@example.com>: Recipient address rejected: User\n    unknown in local recipient table',
  encoding = '7bit',
  lineEnd = '\n',
}: ReportParts): string {
  const fields = `Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4F1A22C0D
X-Postfix-Sender: rfc822; ${to}
Arrival-Date: Mon, 30 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; gone@example.com
Original-Recipient: rfc822;gone@example.com
Action: ${action}
Status: ${status}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: ${diagnostic}
`;
  const text = `Return-Path: <>
Delivered-To: ${to}
Received: by mx.example.com (Postfix)
\tid 4F1A22C0E; Mon, 30 Nov 2026 10:00:01 +0000 (UTC)
Date: Mon, 30 Nov 2026 10:00:01 +0000 (UTC)
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1A22C0D.1796032801/mx.example.com"
Content-Transfer-Encoding: 8bit
Message-Id: <20261130100001.4F1A22C0E@mx.example.com>

This is a MIME-encapsulated message.

--4F1A22C0D.1796032801/mx.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.com.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

--4F1A22C0D.1796032801/mx.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status
Content-Transfer-Encoding: ${encoding}

${encoded(fields, encoding)}
--4F1A22C0D.1796032801/mx.example.com
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: no-reply@example.com
To: gone@example.com
Subject: Reset your password

    123456

--4F1A22C0D.1796032801/mx.example.com--
`;
  return text.replaceAll('\n', lineEnd);
}

function encoded(text: string, encoding: ReportParts['encoding']): string {
  if (encoding === 'base64') {
    return (
      Buffer.from(text)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n');
  }
  if (encoding === 'quoted-printable') {
    return text.replaceAll(/[=:]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase()}`);
  }
  return text;
}

using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Writes the head of a request that a proxy sends on, see <see cref="HeadRewriter"/>.</summary>
internal static class RequestHead
{
    public static void Write(RewritePlan plan, MessageHead head, in HeadInputs inputs, Latin1Scratch scratch, ref HeadCopy copy)
    {
        var target = TargetParts.Of(head, copy.Octets);
        WriteTarget(plan, head, target, inputs.MatchedPrefix, scratch, ref copy);
        WriteVersion(head, ref copy);

        var values = new ValueWriter(head, copy.Octets, scratch);
        var facts = new FieldFacts { EditsEmpty = plan.Edits.HasTemplates ? plan.Edits.FindEmpty(values, inputs) : 0 };
        var connection = new ConnectionFields(head, copy.Octets);
        for (var index = 0; index < head.FieldCount; index++)
        {
            WriteField(plan, head, index, target.Authority, connection, inputs, values, ref copy, ref facts);
        }

        copy.CopyTo(HeadCopy.StartOfBlankLine(copy.Octets, head.Length));
        WriteAdditions(plan, target.Authority, inputs, values, ref copy, facts);
        copy.CopyTo(head.Length);
    }

    // An absolute-form target becomes origin-form; its authority goes to Host (RFC 9112 §3.2.2).
    private static void WriteTarget(
        RewritePlan plan, MessageHead head, in TargetParts target, int matchedPrefix, Latin1Scratch scratch, ref HeadCopy copy)
    {
        var path = target.Path.Of(copy.Octets);
        var isAbsolute = target.Path.Start > head.Target.Start;
        if (isAbsolute)
        {
            copy.CopyTo(head.Target.Start);
            copy.SkipTo(target.Path.Start);
        }

        if (isAbsolute && path.IsEmpty)
        {
            // OPTIONS for a whole server has this form towards a proxy and "*" behind the last one (RFC 9112 §3.2.4).
            var isServer = head.KnownMethod == KnownMethod.Options && target.Query.IsEmpty;
            copy.Write(isServer ? "*"u8 : "/"u8);
            return;
        }

        if (plan.Path is { } rewrite)
        {
            copy.CopyTo(target.Path.Start);
            if (rewrite.TryWrite(path, matchedPrefix, scratch, ref copy))
            {
                copy.SkipTo(target.Path.End);
            }
        }
    }

    // The connection behind us is of HTTP/1.1, whatever the client speaks (RFC 9110 §6.2).
    private static void WriteVersion(MessageHead head, ref HeadCopy copy)
    {
        var rest = copy.Octets[head.Target.End..];
        if (!rest.StartsWith(" HTTP/1.1\r"u8))
        {
            copy.CopyTo(head.Target.End);
            copy.Write(" HTTP/1.1"u8);
            copy.SkipTo(head.Target.End + rest.IndexOfAny((byte)'\r', (byte)'\n'));
        }
    }

    private static void WriteField(
        RewritePlan plan,
        MessageHead head,
        int index,
        OctetRange authority,
        in ConnectionFields connection,
        in HeadInputs inputs,
        in ValueWriter values,
        ref HeadCopy copy,
        ref FieldFacts facts)
    {
        var field = head[index];
        var name = field.Name.Of(copy.Octets);
        if (plan.Edits.TryApply(field, name, values, inputs, ref copy, ref facts))
        {
            return;
        }

        switch (FieldNames.Of(name))
        {
            case FieldName.Other:
                if (connection.Names(name))
                {
                    copy.DropLine(field);
                }

                break;
            case FieldName.Host:
                facts.HasHost = true;
                WriteHost(plan, field, authority, ref copy, facts);
                break;
            case FieldName.ForwardedFor when AppendsAddress(plan, inputs, facts) && ForwardedAddresses.IsLast(head, index, copy.Octets):
                facts.HasForwardedFor = true;
                ForwardedAddresses.Append(field, inputs.ClientAddress, plan.IsShadow ? inputs.OwnAddress : default, ref copy);
                break;
            case FieldName.ForwardedProto:
                WriteForwardedProto(field, inputs, ref copy, ref facts);
                break;
            case FieldName.ClientCertificate when !inputs.ClientCertificate.IsEmpty:
            case FieldName.Envoy or FieldName.ClientCertificate when !inputs.IsTrusted:
            case FieldName.ShadowMark or FieldName.ShadowProof when !inputs.IsShadow:
                copy.DropLine(field);
                break;
            case FieldName.RequestId:
                facts.HasRequestId = true;
                break;
            case FieldName.TransferCodings when ConnectionFields.TakesTrailers(field.Value.Of(copy.Octets)):
                facts.TakesTrailers = true;
                copy.ReplaceValue(field, "trailers"u8);
                break;
            case FieldName.Expect when !plan.IsShadow:
            case FieldName.Upgrade when inputs.IsUpgrade:
                break;
            case FieldName.Expect or FieldName.Upgrade or FieldName.Http2Settings or FieldName.Connection or FieldName.KeepAlive:
            case FieldName.ProxyConnection or FieldName.TransferCodings:
                copy.DropLine(field);
                break;
            default:
                break;
        }
    }

    // What anybody may write is believed of a proxy only (as Envoy does at the edge).
    private static void WriteForwardedProto(in HeaderField field, in HeadInputs inputs, ref HeadCopy copy, ref FieldFacts facts)
    {
        if (!inputs.IsTrusted && facts.HasForwardedProto)
        {
            copy.DropLine(field);
        }
        else if (!inputs.IsTrusted && !field.Value.Of(copy.Octets).SequenceEqual(SchemeOf(inputs.IsTls)))
        {
            copy.ReplaceValue(field, SchemeOf(inputs.IsTls));
        }

        facts.HasForwardedProto = true;
    }

    private static ReadOnlySpan<byte> SchemeOf(bool isTls) => isTls ? "https"u8 : "http"u8;

    private static void WriteHost(RewritePlan plan, in HeaderField field, OctetRange authority, ref HeadCopy copy, in FieldFacts facts)
    {
        if (plan.LeavesHost(facts) || (plan.KeepsAuthority && authority.IsEmpty))
        {
            return;
        }

        copy.BeginValue(field);
        plan.WriteAuthority((authority.IsEmpty ? field.Value : authority).Of(copy.Octets), ref copy);
    }

    private static void WriteAdditions(
        RewritePlan plan, OctetRange authority, in HeadInputs inputs, in ValueWriter values, ref HeadCopy copy, in FieldFacts facts)
    {
        if (!facts.HasHost && !plan.LeavesHost(facts))
        {
            AddHost(plan, authority, ref copy);
        }

        if (inputs.IsUpgrade || facts.TakesTrailers)
        {
            copy.AddLine("Connection"u8, inputs.IsUpgrade ? "Upgrade"u8 : "TE"u8);
        }

        if (AppendsAddress(plan, inputs, facts) && !facts.HasForwardedFor)
        {
            ForwardedAddresses.Add(inputs.ClientAddress, plan.IsShadow ? inputs.OwnAddress : default, ref copy);
        }

        if (!facts.HasForwardedProto && !plan.LeavesForwardedProto(facts))
        {
            copy.AddLine("x-forwarded-proto"u8, SchemeOf(inputs.IsTls));
        }

        if (!facts.HasRequestId && !plan.LeavesRequestId(facts) && !inputs.RequestId.IsEmpty)
        {
            copy.AddLine("x-request-id"u8, inputs.RequestId);
        }

        if (!inputs.ClientCertificate.IsEmpty && !plan.LeavesClientCertificate(facts))
        {
            copy.AddLine("x-forwarded-client-cert"u8, inputs.ClientCertificate);
        }

        plan.Edits.AddLines(values, inputs, ref copy, facts);
    }

    // HTTP/1.0 did without; HTTP/1.1 demands the field, if need be an empty one (RFC 9112 §3.2).
    private static void AddHost(RewritePlan plan, OctetRange authority, ref HeadCopy copy)
    {
        if (!authority.IsEmpty)
        {
            copy.Write("Host: "u8);
            plan.WriteAuthority(authority.Of(copy.Octets), ref copy);
            copy.Write("\r\n"u8);
        }
        else if (!plan.TryWriteAuthority(ref copy))
        {
            copy.AddLine("Host"u8, default);
        }
    }

    private static bool AppendsAddress(RewritePlan plan, in HeadInputs inputs, in FieldFacts facts) =>
        !inputs.ClientAddress.IsEmpty && !plan.LeavesForwardedFor(facts);
}

using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Writes the head of a captured request's copy, see <see cref="HeadRewriter"/>.</summary>
internal static class CapturedHead
{
    public static void Write(RewritePlan plan, MessageHead head, Latin1Scratch scratch, ref HeadCopy copy)
    {
        WriteTarget(plan, head, scratch, ref copy);

        var facts = default(FieldFacts);
        for (var index = 0; index < head.FieldCount; index++)
        {
            WriteField(plan, head, index, ref copy, ref facts);
        }

        copy.CopyTo(HeadCopy.StartOfBlankLine(copy.Octets, head.Length));
        WriteAdditions(plan, head, ref copy, facts);
        copy.CopyTo(head.Length);
    }

    private static void WriteTarget(RewritePlan plan, MessageHead head, Latin1Scratch scratch, ref HeadCopy copy)
    {
        var target = TargetParts.Of(head, copy.Octets);
        if (!target.Authority.IsEmpty)
        {
            copy.CopyTo(target.Authority.Start);
            plan.WriteAuthority(target.Authority.Of(copy.Octets), ref copy);
            copy.SkipTo(target.Authority.End);
        }

        if (plan.Path is { } rewrite)
        {
            copy.CopyTo(target.Path.Start);
            if (rewrite.TryWrite(target.Path.Of(copy.Octets), matchedPrefix: 0, scratch, ref copy))
            {
                copy.SkipTo(target.Path.End);
            }
        }
    }

    private static void WriteField(RewritePlan plan, MessageHead head, int index, ref HeadCopy copy, ref FieldFacts facts)
    {
        var field = head[index];
        var name = field.Name.Of(copy.Octets);
        if (plan.Edits.TryApply(field, name, default, default, ref copy, ref facts))
        {
            return;
        }

        switch (FieldNames.Of(name))
        {
            case FieldName.Host:
                facts.HasHost = true;
                if (!plan.LeavesHost(facts))
                {
                    copy.BeginValue(field);
                    plan.WriteAuthority(field.Value.Of(copy.Octets), ref copy);
                }

                break;
            case FieldName.Expect:
            case FieldName.Upgrade or FieldName.Http2Settings when head.HasUpgrade:
                copy.DropLine(field);
                break;
            case FieldName.Connection:
                facts.KeepsAlive |= ConnectionTokens.Write(field, ref copy);
                break;
            case FieldName.ForwardedFor when AppendsAddress(plan, facts) && ForwardedAddresses.IsLast(head, index, copy.Octets):
                facts.HasForwardedFor = true;
                ForwardedAddresses.Append(field, plan.OwnAddress, default, ref copy);
                break;
            default:
                break;
        }
    }

    private static void WriteAdditions(RewritePlan plan, MessageHead head, ref HeadCopy copy, in FieldFacts facts)
    {
        if (!facts.HasHost && !plan.LeavesHost(facts) && plan.KnowsAuthority)
        {
            plan.TryWriteAuthority(ref copy);
        }

        if (head.VersionMinor == 0 && !facts.KeepsAlive)
        {
            copy.AddLine("Connection"u8, "keep-alive"u8);
        }

        if (AppendsAddress(plan, facts) && !facts.HasForwardedFor)
        {
            copy.AddLine("x-forwarded-for"u8, plan.OwnAddress);
        }

        plan.Edits.AddLines(default, default, ref copy, facts);
    }

    private static bool AppendsAddress(RewritePlan plan, in FieldFacts facts) =>
        plan.OwnAddress.Length > 0 && !plan.LeavesForwardedFor(facts);
}

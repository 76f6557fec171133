namespace Parallax.Documents.Tests;

/// <summary>The fields of a mapping: what is read, and what is said of those that are not right.</summary>
public class FieldsTests
{
    private readonly Findings _findings = new();

    [Theory]
    [InlineData("mirrorPercentge")]
    [InlineData("mirror_percentage")]
    [InlineData("MirrorPercentage")]
    public void Read_FieldThatNobodyAskedFor_SaysWhichWasMeant(string written)
    {
        Read($"a: x\n{written}: 1\n", fields => $"{fields.Text("a")}{fields.Text("mirrorPercentage")}");

        Assert.Equal($"-:2:1: error FLD101: {written} is not a field that is known here (did you mean \"mirrorPercentage\"?)", Only());
    }

    [Fact]
    public void Read_PassedAndNullFields_AreNoMisspelling()
    {
        Assert.Equal("", Read("a: ~\nb: 1\n", fields =>
        {
            fields.Pass("b");
            return $"{fields.Text("a")}{(fields.Has("a") ? "there" : "")}";
        }));
        Assert.Empty(_findings.All);
    }

    [Fact]
    public void Read_NoMapping_IsAnError()
    {
        Assert.Null(Read("- a\n", fields => "a mapping"));
        Assert.Equal("-:1:1: error FLD102: must be a mapping, but is a list", Only());
    }

    [Theory]
    [InlineData("a: 1\n", "-:1:4: error FLD102: a must be text, but is a number (put it between quotes)")]
    [InlineData("a: [x]\n", "-:1:1: error FLD102: a must be text, but is a list")]
    public void Text_OfAnotherType_IsAnError(string yaml, string said)
    {
        Assert.Null(Read(yaml, fields => fields.Text("a")));
        Assert.Equal(said, Only());
    }

    [Theory]
    [InlineData("a: \"\"\n")]
    [InlineData("b: ~\n")]
    public void RequiredText_MissingOrEmpty_IsAnError(string yaml)
    {
        Read(yaml, fields => fields.RequiredText("a", "name it") + fields.Text("b"));

        Assert.EndsWith("error FLD103: a is missing (name it)", Only(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", 7, "")]
    [InlineData("0x10", 16, "")]
    [InlineData("7.5", null, "must be a whole number, but is 7.5")]
    [InlineData("101", null, "must be 1 to 100, but is 101")]
    [InlineData("\"7\"", null, "must be a number, but is text (write it without quotes)")]
    public void Whole_EachValue_IsReadOrRefused(string written, int? value, string said)
    {
        Assert.Equal($"{value}", Read($"a: {written}\n", fields => $"{fields.Whole("a", 1, 100)}"));
        Assert.Equal(said, string.Join(' ', _findings.All.Select(each => each.ToString()[(each.ToString().IndexOf(": a ") + 4)..])));
    }

    [Theory]
    [InlineData("on", "True")]
    [InlineData("No", "False")]
    [InlineData("\"on\"", "")]
    public void Flag_EachSpelling_IsReadAndTextIsNot(string written, string value)
    {
        Assert.Equal(value, Read($"a: {written}\n", fields => $"{fields.Flag("a")}"));
        Assert.Equal(value.Length == 0, _findings.HasErrors);
    }

    [Theory]
    [InlineData("7s", 7_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("0.5s", 500)]
    [InlineData("1h2m3s4ms", 3_723_004)]
    [InlineData("0", 0)]
    [InlineData("-1s", null)]
    [InlineData("7", null)]
    [InlineData("s", null)]
    [InlineData("7 s", null)]
    [InlineData("961h", null)]
    public void Duration_EachNotation_IsItsTime(string written, int? milliseconds)
    {
        Assert.Equal($"{milliseconds}", Read($"a: \"{written}\"\n", fields => $"{fields.Duration("a")?.TotalMilliseconds}"));
        Assert.Equal(milliseconds is null, _findings.HasErrors);
    }

    [Fact]
    public void Choice_OfAnotherWord_SaysWhichThereAre()
    {
        Assert.Null(Read("a: Reed\n", fields => fields.Choice("a", "Red", "Green")));
        Assert.EndsWith("a is \"Reed\", which is not among its values (did you mean \"Red\"?)", Only(), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_ThatAreNotAccepted_AreLeftOut()
    {
        var texts = Read("a: [x, 1, yy, z]\n", fields => string.Join(' ', fields.Texts("a", (text, place) =>
        {
            fields.Findings.Warning("T1", place, "looked at");
            return text.Length == 1;
        })));

        Assert.Equal("x z", texts);
        Assert.Equal(["a[0]", "a[1]", "a[2]", "a[3]"], _findings.All.Select(each => each.Path));
        Assert.Equal(["T1", "FLD102", "T1", "T1"], _findings.All.Select(each => each.Code));
    }

    [Fact]
    public void Objects_InsideEachOther_HaveTheirPlaces()
    {
        Read("a:\n- b: {c: 1}\n- b: {d: x}\n", fields => string.Concat(
            fields.Objects("a", each => each.Object("b", inner => inner.Text("c")))));

        Assert.Equal(
            ["-:2:10: error FLD102: a[0].b.c must be text, but is a number (put it between quotes)",
             "-:3:7: error FLD101: a[1].b.d is not a field that is known here (did you mean \"c\"?)"],
            _findings.All.Select(each => each.ToString()));
    }

    private string? Read(string yaml, Func<Fields, string?> read) =>
        Fields.Read(new Place("", Assert.Single(DocumentReader.Read("-", yaml, _findings))), _findings, read);

    private string Only() => Assert.Single(_findings.All).ToString();
}

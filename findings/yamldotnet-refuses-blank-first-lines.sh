#!/usr/bin/env bash
# YamlDotNet refuses a literal block whose first line is blank and indented like the rest.
#
# Guess: what the Kubernetes API server takes (a ConfigMap with such a block), every YAML 1.2 parser takes.
# Seen:  "|", a line of four blanks, then text indented by four: valid (YAML 1.2.2, 8.1.1.1: leading blank lines may have as many blanks as
#        the block is indented). YamlDotNet says "found extra spaces in first line" and reads nothing of the document; Python's parser
#        (PyYAML of Debian, for comparison) reads "\ntext\n". A first line of no octets it reads, one of blanks never.
# With:  YamlDotNet 18.1.0, .NET SDK 10, PyYAML 6.0.
# Exits 1 when this is no longer so.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-yaml 2>/dev/null
for package in *.deb; do dpkg-deb -W "$package"; dpkg -x "$package" x; done
cat >read.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="YamlDotNet" Version="18.1.0" /></ItemGroup>
</Project>
XML
cat >read.cs <<'CS'
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
foreach (var document in new[] { "a: |\n    \n    text\n", "a: |\n\n    text\n" })
{
    try
    {
        var parser = new Parser(new StringReader(document));
        var value = "";
        while (parser.MoveNext()) value = (parser.Current as Scalar)?.Value ?? value;
        Console.WriteLine("read " + value.Replace("\n", "\\n"));
    }
    catch (YamlException fault) { Console.WriteLine("refused: " + fault.Message); }
}
CS
dotnet build -v quiet --nologo -o out >/dev/null
dotnet out/read.dll | tee said
/usr/bin/python3 -c "
import sys; sys.path.insert(0, '$work/x/usr/lib/python3/dist-packages'); import yaml
print('PyYAML reads', repr(yaml.safe_load('a: |\n    \n    text\n')['a']))" | tee python
grep -q '^refused: .*extra spaces' said && [ "$(tail -1 said)" = 'read \ntext\n' ] && grep -qF "'\\ntext\\n'" python

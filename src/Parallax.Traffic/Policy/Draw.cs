namespace Parallax.Traffic.Policy;

/// <summary>The one draw of a request.</summary>
/// <param name="Number">0 to 999,999; a <see cref="Sampler"/> selects those below its share.</param>
/// <param name="Session">A hash of what keeps its session together; 0, the default, when it was drawn for itself.</param>
public readonly record struct Draw(int Number, ulong Session = 0);

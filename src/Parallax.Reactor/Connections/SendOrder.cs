namespace Parallax.Reactor.Connections;

/// <summary>When in a turn the octets of a connection leave.</summary>
public enum SendOrder : byte
{
    /// <summary>Before all others.</summary>
    First,

    /// <summary>After those sent first.</summary>
    Second,

    /// <summary>After all others: a peer that can wait.</summary>
    Last,
}

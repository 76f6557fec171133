using System.Buffers.Binary;

namespace Parallax.TestKit;

/// <summary>Spoils packets the way a fuzzer does, from packets that are right: flips bits, cuts, splices, swaps fields.</summary>
public static class Mutation
{
    private static readonly byte[] Interesting = [0, 1, 0x7F, 0x80, 0xFF, 0x45, 0x4F, 0x60, 4, 5, 6, 15, 17, 44];

    /// <summary>A spoilt copy of <paramref name="packet"/>.</summary>
    /// <param name="packet">A packet that is right.</param>
    /// <param name="other">Another, for splicing.</param>
    /// <param name="random">Chooses; one to four changes.</param>
    public static byte[] Of(byte[] packet, byte[] other, Random random)
    {
        var spoilt = (byte[])packet.Clone();
        for (var changes = random.Next(1, 5); changes > 0 && spoilt.Length > 0; changes--)
        {
            spoilt = Once(spoilt, other, random);
        }

        return spoilt;
    }

    private static byte[] Once(byte[] packet, byte[] other, Random random)
    {
        var at = random.Next(packet.Length);
        switch (random.Next(9))
        {
            case 0:
                packet[at] ^= (byte)(1 << random.Next(8));
                return packet;
            case 1:
                packet[at] = Interesting[random.Next(Interesting.Length)];
                return packet;
            case 2:
                return packet[..at];
            case 3:
                return [.. packet[..at], .. other[random.Next(other.Length)..]];
            case 4:
                return [.. packet, .. new byte[random.Next(1, 64)]];
            case 5:
                return [.. packet[..at], .. packet[random.Next(at, packet.Length)..]];
            case 6 when packet.Length >= 2:
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(random.Next(packet.Length - 1)), (ushort)random.Next(65_536));
                return packet;
            case 7 when packet.Length >= 4:
                var number = packet.AsSpan(random.Next(packet.Length - 3), 4);
                var value = BinaryPrimitives.ReadUInt32BigEndian(number);
                BinaryPrimitives.WriteUInt32BigEndian(number, value + (uint)random.Next(-100_000, 100_000));
                return packet;
            default:
                random.NextBytes(packet.AsSpan(at, Math.Min(packet.Length - at, random.Next(1, 9))));
                return packet;
        }
    }
}

# Où en sont les contrôles d’un cycle, et la liste de tous les contrôles.
checking-title = Où en sont les contrôles
checking-now = Maintenant
checking-stopped = arrêtés
checking-stopped-what = Rien de ce cycle n’est contrôlé tant que personne ne laisse reprendre les contrôles. Ce qu’ils ont fait reste fait.
checking-since = Depuis
checking-done = { $n } enregistrements sur { $all }
checking-rests = Tout ce qui est arrivé est contrôlé. Ce qui arrive, et ce que l’on change aux règles et aux seuils, est contrôlé dans la minute.
checking-closed = Ce cycle est fermé. Il est contrôlé à nouveau quand quelqu’un le consolide.
checking-stop = Arrêter les contrôles
checking-stop-what = Ils s’arrêtent après la portion en cours et reprennent de là. Les envois sont reçus malgré tout.
checking-resume = Laisser reprendre
checking-look = Regarder encore
checking-runs = Derniers passages
checking-runs-what = Ce que sont devenus les constats : les nouveaux, et ceux que l’on ne trouve plus.
checking-no-runs = Les contrôles n’ont pas encore parcouru ce cycle.
checking-same = sans changement
checking-changed = { $new } nouveaux, { $gone } disparus
checking-by-itself = automatique
checking-cut = interrompu
checking-by-check = Par contrôle
checking-check = Contrôle
checking-new = Nouveaux
checking-gone = Disparus
checking-choices = Ce qui a changé dernièrement
checking-said-stopped = Les contrôles de ce cycle s’arrêtent.
checking-said-resumed = Les contrôles reprennent dans la minute.
checks-all-title = Contrôles
checks-all-lead = Ce que l’on regarde dans chaque enregistrement et dans tous ensemble, et pourquoi. Là où un nombre décide, il se règle pour cette opération.
checks-example = Exemple
checks-without = Contrôles sans seuil
checks-without-what = Ceux-ci n’ont pas besoin de nombre : une chose est, ou elle n’est pas.
audit-checks-stopped = Contrôles d’un cycle arrêtés
audit-checks-resumed = Contrôles d’un cycle repris
rules-try = Essayer d’abord
rules-try-what = L’essai montre ce que les règles trouvent parmi les derniers enregistrements et ne garde rien ; aucun motif n’est demandé.
rules-tried = Ce que trouvent ces règles
rules-tried-what = Rien n’a été gardé : mettez la feuille en place quand elles trouvent ce que vous voulez.
rules-tried-on = { $n ->
    [0] Aucun enregistrement pour les essayer.
    [one] Essayées sur un enregistrement.
   *[other] Essayées sur les { $n } derniers enregistrements.
}
rules-tried-found = { $n ->
    [0] ne trouve rien
    [one] en trouve un
   *[other] en trouve { $n }
}
